/** Everything a page needs around it: language, theme, query cache, router. */
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { RouterProvider } from 'react-router-dom';
import { ApiError } from '../api/client';
import { type Language, LanguageContext, initialLanguage, storeLanguage } from '../lib/i18n';
import { makeRouter } from './routes';
import { theme } from './theme';

/** Asks again only when there was no answer: a refusal will not change by asking twice. */
function worthRetrying(failures: number, error: unknown): boolean {
  return failures < 2 && error instanceof ApiError && error.status === 0;
}

export function App() {
  const [language, setState] = useState<Language>(initialLanguage);
  const [queries] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry: worthRetrying, refetchOnWindowFocus: false, staleTime: 2000 } } }),
  );
  const [router] = useState(makeRouter);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const languages = useMemo(
    () => ({
      language,
      setLanguage: (next: Language) => {
        storeLanguage(next);
        setState(next);
      },
    }),
    [language],
  );
  return (
    <LanguageContext.Provider value={languages}>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </LanguageContext.Provider>
  );
}
