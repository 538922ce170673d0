import { useQuery } from '@tanstack/react-query';

import { session } from '../bridge';
import { useStatus } from './cache';
import type { Choice } from './codes';

/** The workers of the office, as far as their devices are known here. */
export function useWorkers(): Choice[] {
  const me = useStatus().data?.worker;
  const devices = useQuery({
    queryKey: ['device_list'],
    queryFn: () => session('device_list', {}),
    meta: { tags: ['status'] },
  });
  const byId = new Map((devices.data?.items ?? []).map((device) => [device.worker.id, device.worker.name]));
  if (me !== undefined) {
    byId.set(me.id, me.name);
  }
  return [...byId].map(([code, label]) => ({ code, label }));
}
