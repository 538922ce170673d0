import { useQuery } from '@tanstack/react-query';

import { session } from '../../bridge';

/** What waits for a second signature, and who can be asked. */
export function useCosigns() {
  return useQuery({
    queryKey: ['cosign_list'],
    queryFn: () => session('cosign_list', {}),
    meta: { tags: ['cosign', 'status', 'devices'] },
  }).data;
}
