/** The routes below `/dashboards` and `/d/:uid/:slug?`. */
import { Empty } from '../components/states';
import { messages, useT } from '../lib/i18n';

const texts = messages({
  title: ['No dashboards yet', '아직 대시보드가 없습니다'],
});

export default function DashboardRoutes() {
  const t = useT(texts);
  return <Empty title={t('title')} />;
}
