import { useQuery } from '@tanstack/react-query';

import { session, type TeamView } from '../bridge';

/** The teams of the office; none where all of it is one. */
export function useTeams(): readonly TeamView[] {
  const list = useQuery({
    queryKey: ['team_list'],
    queryFn: () => session('team_list', {}),
    meta: { tags: ['status'] },
  });
  return list.data?.items ?? [];
}
