import type { Space, SystemFiles } from './system-files.ts';

/** Files for tests: texts by path, and room by folder. */
export interface MemorySystemFiles extends SystemFiles {
  texts: Map<string, string>;
  spaces: Map<string, Space>;
}

export function createMemorySystemFiles(texts: Record<string, string> = {}): MemorySystemFiles {
  const files: MemorySystemFiles = {
    texts: new Map(Object.entries(texts)),
    spaces: new Map(),
    read: (path) => Promise.resolve(files.texts.get(path)),
    list(folder) {
      const inside = [...files.texts.keys()].filter((path) => path.startsWith(`${folder}/`));
      return Promise.resolve([...new Set(inside.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))]);
    },
    space: (folder) => Promise.resolve(files.spaces.get(folder)),
  };
  return files;
}
