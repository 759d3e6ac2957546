/**
 * Two languages, side by side: every area keeps a table whose rows hold English and Korean, so a text cannot exist in one only.
 *
 * A text may name parameters, `{name}`, and choose by number, `{n|target|targets}` (Korean has no plural and rarely needs it).
 * Tables live beside the code that uses them, so each lazily loaded page brings its own.
 */
import { createContext, useCallback, useContext } from 'react';

export type Language = 'en' | 'ko';
export const LANGUAGES: readonly { id: Language; name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'ko', name: '한국어' },
];

/** One text in both languages: `[English, Korean]`. */
export type Text = readonly [en: string, ko: string];
export type Messages = Readonly<Record<string, Text>>;
export type Params = Readonly<Record<string, string | number>>;

/** Declares a table; only for its type. */
export function messages<const T extends Messages>(table: T): T {
  return table;
}

/** Puts parameters in. A parameter that is not given stays visible as `{name}`, so that it is noticed. */
export function format(text: string, params: Params = {}): string {
  return text.replace(/\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    if (one === undefined || many === undefined) return String(value);
    return Number(value) === 1 ? one : many;
  });
}

/** Picks the row's text in a language and puts parameters in. */
export function translate(text: Text, language: Language, params?: Params): string {
  return format(text[language === 'ko' ? 1 : 0], params);
}

const STORED = 'bongsu.language';

/** The language to begin with: what was chosen here before, else what the browser prefers, else English. */
export function initialLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === 'en' || stored === 'ko') return stored;
  const wanted = navigator.languages ?? [navigator.language];
  const first = wanted.map((tag) => tag.slice(0, 2)).find((tag) => tag === 'ko' || tag === 'en');
  return first === 'ko' ? 'ko' : 'en';
}

/** Remembers a choice for the next visit. */
export function storeLanguage(language: Language): void {
  localStorage.setItem(STORED, language);
}

export interface LanguageState {
  language: Language;
  setLanguage: (language: Language) => void;
}

export const LanguageContext = createContext<LanguageState>({ language: 'en', setLanguage: () => undefined });

/** The present language and how to change it. */
export function useLanguage(): LanguageState {
  return useContext(LanguageContext);
}

export type Translate<T extends Messages> = (key: keyof T & string, params?: Params) => string;

/** Returns `t` for a table: `const t = useT(table); t('title', { n: 3 })`. */
export function useT<T extends Messages>(table: T): Translate<T> {
  const { language } = useLanguage();
  return useCallback((key, params) => translate(table[key] as Text, language, params), [table, language]);
}
