/** The command palette: type a page's name in either language, or an action, and press Enter. */
import { Kbd, Modal, ScrollArea, Text, TextInput, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useId, useMemo, useState } from 'react';
import { useNavigate } from 'react-router-dom';
import { Icon, type IconName } from '../components/Icon';
import { isAdmin, usePerson } from '../components/person';
import { useTime } from '../components/time';
import { messages, translate, useLanguage, useT } from '../lib/i18n';
import { isComposing } from '../lib/keyboard';
import { rank } from '../lib/rank';
import { SECTIONS } from '../pages/admin/sections';
import { availablePages } from './pages';
import { timeParams } from './paths';
import { GO } from './shortcuts';

const texts = messages({
  title: ['Go to a page or run an action', '화면 이동 또는 동작 실행'],
  placeholder: ['Type a page, an action or a metric…', '화면, 동작, 메트릭 이름을 입력하세요…'],
  none: ['Nothing matches', '일치하는 항목이 없습니다'],
  theme: ['Switch between dark and light', '어두운 테마와 밝은 테마 전환'],
  language: ['한국어로 보기', 'Show in English'],
  refresh: ['Refresh now', '지금 새로 고침'],
  ask: ['Explore {expr}', '{expr} 조회'],
});

interface Command {
  id: string;
  title: string;
  words: string;
  icon: IconName;
  keys?: string;
  run: () => void;
}

export function Palette({ opened, close }: { opened: boolean; close: () => void }) {
  const t = useT(texts);
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('title')}
      size="lg"
      yOffset="8vh"
      transitionProps={{ duration: 0 }}
      styles={{ title: { fontSize: 'var(--mantine-font-size-sm)', fontWeight: 600 } }}
    >
      {opened && <Commands close={close} />}
    </Modal>
  );
}

function Commands({ close }: { close: () => void }) {
  const t = useT(texts);
  const list = useId();
  const [wanted, setWanted] = useState('');
  const [chosen, setChosen] = useState(0);
  const commands = useCommands(wanted);
  const found = useMemo(
    () => rank(commands, wanted, (command) => `${command.title} ${command.words}`),
    [commands, wanted],
  );
  const at = Math.min(chosen, Math.max(found.length - 1, 0));
  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  return (
    <>
      <TextInput
        data-autofocus
        value={wanted}
        placeholder={t('placeholder')}
        aria-label={t('placeholder')}
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={found[at] ? `${list}-${found[at].id}` : undefined}
        leftSection={<Icon name="search" />}
        onChange={(event) => {
          setWanted(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          // Enter and arrows belong to the input method while it composes.
          if (isComposing(event.nativeEvent)) return;
          if (event.key === 'ArrowDown') setChosen(Math.min(at + 1, found.length - 1));
          else if (event.key === 'ArrowUp') setChosen(Math.max(at - 1, 0));
          else if (event.key === 'Enter') run(found[at]);
          else return;
          event.preventDefault();
        }}
      />
      <ScrollArea.Autosize mah={380} mt="sm">
        <div id={list} role="listbox" aria-label={t('title')}>
          {found.map((command, i) => (
            <UnstyledButton
              key={command.id}
              id={`${list}-${command.id}`}
              role="option"
              aria-selected={i === at}
              tabIndex={-1}
              className="palette-row"
              data-chosen={i === at || undefined}
              onMouseMove={() => setChosen(i)}
              onClick={() => run(command)}
            >
              <Icon name={command.icon} />
              <Text size="sm" style={{ flex: 1 }} truncate>
                {command.title}
              </Text>
              {command.keys && <Kbd size="xs">{command.keys}</Kbd>}
            </UnstyledButton>
          ))}
        </div>
        {found.length === 0 && (
          <Text c="dimmed" size="sm" p="sm" role="status">
            {t('none')}
          </Text>
        )}
      </ScrollArea.Autosize>
    </>
  );
}

function useCommands(wanted: string): Command[] {
  const t = useT(texts);
  const navigate = useNavigate();
  const { language, setLanguage } = useLanguage();
  const { setColorScheme } = useMantineColorScheme();
  const { refreshNow } = useTime();
  const admin = isAdmin(usePerson());
  const expr = /^[a-zA-Z_:][\w:]*(\{.*)?$/.test(wanted.trim()) ? wanted.trim() : undefined;
  return useMemo(() => {
    const go = (pathname: string) => () => void navigate({ pathname, search: timeParams(window.location.search) });
    const pages = availablePages().filter((page) => !page.hidden && (admin || !page.forAdmins)).map<Command>((page) => {
      const letter = Object.entries(GO).find(([, path]) => path === page.path)?.[0];
      return {
        id: page.path.slice(1) || 'home',
        title: translate(page.title, language),
        words: `${page.title.join(' ')} ${page.words ?? ''} ${page.path}`,
        icon: page.icon,
        keys: letter && `g ${letter}`,
        run: go(page.path),
      };
    });
    const administration = (admin ? SECTIONS : []).map<Command>((section) => ({
      id: `admin-${section.path}`,
      title: translate(section.title, language),
      words: `${section.title.join(' ')} administration 관리`,
      icon: 'people',
      run: go(`/admin/${section.path}`),
    }));
    const dark = document.documentElement.dataset.mantineColorScheme === 'dark';
    const actions: Command[] = [
      { id: 'theme', title: t('theme'), words: 'theme dark light 테마', icon: dark ? 'sun' : 'moon', run: () => setColorScheme(dark ? 'light' : 'dark') },
      { id: 'language', title: t('language'), words: 'language korean english 언어 한국어 영어', icon: 'language', run: () => setLanguage(language === 'ko' ? 'en' : 'ko') },
      { id: 'refresh', title: t('refresh'), words: 'refresh reload 새로고침', icon: 'refresh', keys: 'r', run: refreshNow },
    ];
    const asks: Command[] = expr
      ? [{ id: 'ask', title: t('ask', { expr }), words: expr, icon: 'explore', run: () => void navigate(`/query?g0.expr=${encodeURIComponent(expr)}&g0.tab=0`) }]
      : [];
    return [...pages, ...administration, ...actions, ...asks];
  }, [t, navigate, admin, language, setLanguage, setColorScheme, refreshNow, expr]);
}
