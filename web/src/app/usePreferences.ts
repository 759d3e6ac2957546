/**
 * Preferences of whoever is logged in, applied to this browser.
 *
 * They are applied once for each change: whoever then switches the theme here keeps it here, until the preferences change again.
 */
import { useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { type Preferences, getPreferences } from '../api/accounts';
import { usePerson } from '../components/person';
import { useTime } from '../components/time';
import { useLanguage } from '../lib/i18n';
import { readStored, writeStored } from '../lib/stored';

const APPLIED = 'appliedPreferences';

/** One's own choices, and the organisation's where one has none. */
export function effective(own: Preferences, organisation: Preferences): Preferences {
  const chosen = Object.entries(own).filter(([, value]) => typeof value === 'string' && value !== '');
  return { ...organisation, ...Object.fromEntries(chosen) };
}

export function usePreferences(): void {
  const person = usePerson();
  const { setColorScheme } = useMantineColorScheme();
  const { setLanguage } = useLanguage();
  const { setZone } = useTime();
  const { data } = useQuery({
    queryKey: ['preferences', 'effective', person?.id],
    enabled: person !== null && person !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: async ({ signal }) => effective(await getPreferences('user', signal), await getPreferences('org', signal)),
  });
  useEffect(() => {
    if (!data) return;
    const { theme = '', language = '', timezone = '' } = data;
    const now = JSON.stringify([theme, language, timezone]);
    if (now === readStored(APPLIED, JSON.stringify(['', '', '']))) return;
    writeStored(APPLIED, now);
    if (theme !== '') setColorScheme(theme === 'dark' || theme === 'light' ? theme : 'auto');
    if (language !== '') setLanguage(language.startsWith('ko') ? 'ko' : 'en');
    if (timezone !== '') setZone(timezone.toLowerCase() === 'utc' ? 'utc' : 'local');
  }, [data, setColorScheme, setLanguage, setZone]);
}
