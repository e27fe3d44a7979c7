import { createStateFile } from '../../state-file.ts';
import { decodeInventory, type InventoryStore } from './inventory.ts';

/** The inventory as `scan.json` in the state folder. Losing it costs no more than a scan. */
export function createInventoryFile(folder: string, unique: string): InventoryStore {
  const file = createStateFile(folder, 'scan.json', unique);
  return {
    async load() {
      const text = await file.load();
      return text === undefined ? undefined : decodeInventory(text);
    },
    save: (inventory) => file.save(JSON.stringify(inventory)),
  };
}
