/** A change on the server, after which what shows it is asked for again. */
import { useMutation, useQueryClient } from '@tanstack/react-query';

/** What may have to be asked for again: the first word of a query's key. */
export type Shown = 'users' | 'person' | 'org members' | 'teams' | 'team members' | 'service accounts' | 'tokens' | 'data source list';

/**
 * `shown` names what the change makes stale; of what was removed only the list is, because its parts are gone.
 * `onDone` runs once the change is in and before anything is asked again.
 */
export function useChange<Argument, Answer>(shown: readonly Shown[], run: (argument: Argument) => Promise<Answer>, onDone?: (answer: Answer) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: (answer) => {
      onDone?.(answer);
      return Promise.all(shown.map((key) => queries.invalidateQueries({ queryKey: [key] })));
    },
  });
}
