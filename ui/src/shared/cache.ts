import {
  QueryClient,
  useMutation,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from '@tanstack/react-query';

import {
  type Args,
  asErrorView,
  type ErrorView,
  type Operation,
  type Result,
  run,
  session,
  type SessionCommand,
  type SessionCommands,
  type Tag,
} from '../bridge';
import { showError } from './toast';

/** Everything that was read from the core, until a tag says that it went stale. */
export const cache = new QueryClient({
  defaultOptions: {
    queries: { staleTime: Infinity, retry: false, refetchOnWindowFocus: false, networkMode: 'always' },
    mutations: { networkMode: 'always' },
  },
});

/** Reads again whatever shows one of the tags. */
export function refresh(touched: readonly string[]): void {
  const stale = new Set(touched);
  void cache.invalidateQueries({
    predicate: (query) => ((query.meta?.tags ?? []) as string[]).some((tag) => stale.has(tag)),
  });
}

interface ReadOptions {
  enabled?: boolean;
  /** Shows the view before until the next one is there, so that lists do not blink. */
  keep?: boolean;
}

/** Reads a view and keeps it until one of `tags` is touched. */
export function useRead<K extends Operation>(
  operation: K,
  args: Args<K>,
  tags: readonly Tag[],
  options: ReadOptions = {},
): UseQueryResult<Result<K>, ErrorView> {
  return useQuery<Result<K>, ErrorView>({
    queryKey: [operation, args],
    queryFn: async () => (await run(operation, args)).value,
    meta: { tags },
    enabled: options.enabled ?? true,
    ...(options.keep === true ? { placeholderData: (before: Result<K> | undefined) => before } : {}),
  } as Parameters<typeof useQuery<Result<K>, ErrorView>>[0]);
}

/** Runs a writing operation, refreshes what it touched and answers with its view. */
export async function write<K extends Operation>(
  operation: K,
  args: Args<K>,
): Promise<Result<K>> {
  const { value, touched } = await run(operation, args);
  refresh([...touched, 'status']);
  return value;
}

/** `write`, with a toast for the error instead of an exception; undefined when it failed. */
export async function tryWrite<K extends Operation>(
  operation: K,
  args: Args<K>,
): Promise<Result<K> | undefined> {
  try {
    return await write(operation, args);
  } catch (error) {
    showError(asErrorView(error));
    return undefined;
  }
}

/** A session command as a mutation; what the program says about itself is read again after it. */
export function useSession<K extends SessionCommand>(command: K) {
  const client = useQueryClient();
  return useMutation<SessionCommands[K][1], ErrorView, SessionCommands[K][0]>({
    mutationFn: (args) => session(command, args),
    onSettled: () => client.invalidateQueries({ queryKey: ['session_status'] }),
  });
}

/** Where the program stands; asked again now and then, because it may lock by itself. */
export function useStatus() {
  return useQuery({
    queryKey: ['session_status'],
    queryFn: () => session('session_status', {}),
    meta: { tags: ['status'] },
    refetchInterval: 20_000,
    refetchIntervalInBackground: true,
  });
}
