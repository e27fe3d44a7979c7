import { createSimulatedDisk } from '../../test/support/simulated-disk.ts';
import { createStoreRig } from '../../test/support/store-rig.ts';
import { createMemoryStore } from './memory-store.ts';
import { describeReportStore } from './report-store.contract.ts';

describeReportStore('memory store', () => createMemoryStore());
describeReportStore('json store', () => createStoreRig(createSimulatedDisk()).store);
