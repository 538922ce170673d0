import { createContext, useContext } from 'react';

import type { HouseholdView } from '../bridge';

/** The household whose page is open, for everything that is shown inside it. */
export interface OpenHousehold {
  view: HouseholdView;
  /** The past day that the page shows; then nothing can be changed. */
  asOf: string | undefined;
  /** A past day, or a household that went to a team which this laptop is not in: nothing can be changed. */
  readOnly: boolean;
}

export const HouseholdContext = createContext<OpenHousehold | null>(null);

export function useHousehold(): OpenHousehold {
  const household = useContext(HouseholdContext);
  if (household === null) {
    throw new Error('only inside the page of a household');
  }
  return household;
}
