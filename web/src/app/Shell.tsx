/** The frame around every page: navigation, top bar, notices, palette, keyboard. */
import { ActionIcon, AppShell, Box, Burger, Group, Menu, NavLink, ScrollArea, Text, Tooltip, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useEffect, useRef } from 'react';
import { Link, Outlet, useLocation } from 'react-router-dom';
import { ErrorBoundary } from '../components/ErrorBoundary';
import { Icon } from '../components/Icon';
import { Loading } from '../components/states';
import { TimeControls } from '../components/TimeControls';
import { isAdmin, usePerson } from '../components/person';
import { pageOptions } from '../lib/base';
import { LANGUAGES, messages, translate, useLanguage, useT } from '../lib/i18n';
import { useStored } from '../lib/stored';
import { Notices } from './Notices';
import { Palette } from './Palette';
import { PersonMenu } from './PersonMenu';
import { type Page, SECTIONS, type Section, availablePages } from './pages';
import { pageAt, timeParams } from './paths';
import { useShortcuts } from './shortcuts';
import { usePreferences } from './usePreferences';

const texts = messages({
  skip: ['Skip to content', '본문으로 건너뛰기'],
  menu: ['Navigation', '메뉴'],
  fold: ['Fold the navigation', '메뉴 접기'],
  unfold: ['Unfold the navigation', '메뉴 펼치기'],
  search: ['Search pages and actions (Ctrl K)', '화면과 동작 검색 (Ctrl K)'],
  dark: ['Dark theme', '어두운 테마'],
  light: ['Light theme', '밝은 테마'],
  language: ['Language', '언어'],
});

const SECTION_ORDER: readonly Section[] = ['look', 'alerting', 'monitoring', 'status'];

export function Shell() {
  const t = useT(texts);
  const { pathname } = useLocation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const [paletteOpen, palette] = useDisclosure(false);
  const [folded, setFolded] = useStored('navFolded', false);
  const { language } = useLanguage();
  const page = pageAt(pathname);
  const main = useRef<HTMLElement>(null);
  useShortcuts(palette.open);
  usePreferences();

  // A new page begins at its top, with the drawer of small screens closed, and with the keyboard and the screen reader in it.
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    close();
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname, close]);

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: folded ? 56 : 208, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={0}
    >
      <a className="skip-link" href="#content" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {t('skip')}
      </a>
      <AppShell.Header>
        <Group h="100%" px="sm" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap" style={{ minWidth: 0 }}>
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('menu')} />
            <UnstyledButton component={Link} to="/" aria-label={pageOptions().title}>
              <Group gap={8} wrap="nowrap">
                <img src="./favicon.svg" alt="" width={26} height={26} />
                <Text fw={700} visibleFrom="sm" truncate>
                  {pageOptions().title}
                </Text>
              </Group>
            </UnstyledButton>
          </Group>
          <Group gap={6} wrap="nowrap">
            {page?.timed && <TimeControls range={page.timed === 'range'} />}
            <Tooltip label={t('search')}>
              <ActionIcon variant="subtle" color="gray" size={32} onClick={palette.open} aria-label={t('search')}>
                <Icon name="search" />
              </ActionIcon>
            </Tooltip>
            <Box visibleFrom="xs">
              <LanguageMenu />
            </Box>
            <Box visibleFrom="xs">
              <ThemeButton />
            </Box>
            <PersonMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label={t('menu')}>
        <AppShell.Section grow component={ScrollArea} type="auto" px={6} py="xs">
          <Navigation folded={folded && !opened} current={page} />
        </AppShell.Section>
        <AppShell.Section p={6} visibleFrom="sm" style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}>
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={() => setFolded(!folded)}
            aria-label={folded ? t('unfold') : t('fold')}
            aria-expanded={!folded}
          >
            <Icon name={folded ? 'right' : 'left'} />
          </ActionIcon>
        </AppShell.Section>
        <AppShell.Section p="xs" hiddenFrom="xs" style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}>
          <Group>
            <LanguageMenu />
            <ThemeButton />
          </Group>
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="content" ref={main} tabIndex={-1} aria-label={page && translate(page.title, language)} style={{ outline: 'none', minWidth: 0 }}>
        <Notices />
        <ErrorBoundary resetKey={pathname}>
          <Suspense fallback={<Loading height={300} />}>
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </AppShell.Main>
      <Palette opened={paletteOpen} close={palette.close} />
    </AppShell>
  );
}

function Navigation({ folded, current }: { folded: boolean; current: Page | undefined }) {
  const { language } = useLanguage();
  const { search } = useLocation();
  const admin = isAdmin(usePerson());
  const pages = availablePages().filter((page) => !page.hidden && (admin || !page.forAdmins));
  return SECTION_ORDER.map((section) => {
    const own = pages.filter((page) => page.section === section);
    if (own.length === 0) return null;
    return (
      <Box key={section} mb="xs" component="section" aria-label={translate(SECTIONS[section], language)}>
        {!folded && (
          <Text size="xs" c="dimmed" fw={600} px={8} py={4} aria-hidden>
            {translate(SECTIONS[section], language)}
          </Text>
        )}
        {own.map((page) => {
          const title = translate(page.title, language);
          const link = (
            <NavLink
              key={page.path}
              component={Link}
              to={{ pathname: page.path, search: timeParams(search) }}
              label={folded ? undefined : title}
              aria-label={folded ? title : undefined}
              active={page === current}
              aria-current={page === current ? 'page' : undefined}
              leftSection={<Icon name={page.icon} size={folded ? 20 : 16} />}
              variant="light"
              py={4}
              px={10}
              style={{ borderRadius: 'var(--mantine-radius-sm)' }}
            />
          );
          return folded ? (
            <Tooltip key={page.path} label={title} position="right">
              {link}
            </Tooltip>
          ) : (
            link
          );
        })}
      </Box>
    );
  });
}

function LanguageMenu() {
  const t = useT(texts);
  const { language, setLanguage } = useLanguage();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={t('language')} data-testid="language">
          <Icon name="language" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {LANGUAGES.map(({ id, name }) => (
          <Menu.Item key={id} lang={id} onClick={() => setLanguage(id)} fw={id === language ? 700 : undefined}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function ThemeButton() {
  const t = useT(texts);
  const { setColorScheme } = useMantineColorScheme();
  const dark = document.documentElement.dataset.mantineColorScheme === 'dark';
  const label = dark ? t('light') : t('dark');
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={32}
        aria-label={label}
        onClick={() => setColorScheme(dark ? 'light' : 'dark')}
        data-testid="theme"
      >
        <Icon name={dark ? 'sun' : 'moon'} />
      </ActionIcon>
    </Tooltip>
  );
}
