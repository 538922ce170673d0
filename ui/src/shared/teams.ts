import { useQuery } from '@tanstack/react-query';

import { session, type TeamView } from '../bridge';

function useList() {
  return useQuery({
    queryKey: ['team_list'],
    queryFn: () => session('team_list', {}),
    meta: { tags: ['status'] },
  }).data;
}

/** The teams of the office; none where all of it is one. */
export function useTeams(): readonly TeamView[] {
  return useList()?.items ?? [];
}

/** What stands for the whole office, where a team is chosen. */
export function useWholeOffice(): string | undefined {
  return useList()?.office;
}
