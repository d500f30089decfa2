/** The scenarios that take too long for every change: `npm test -- --project vm-long`. */
import { scenarios } from './scenarios/all.ts';
import { tellScenarios } from './tell-scenarios.ts';

tellScenarios(scenarios.filter(({ isLong }) => isLong));
