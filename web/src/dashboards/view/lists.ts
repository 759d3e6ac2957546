/** Lists that panels show beside queries. */
import { url } from '../../lib/base';
import type { PanelLists } from '../../panels/contract';
import { getAlerts, searchDashboards } from '../api';

/** Lists from the server. */
export const serverLists: PanelLists = {
  alerts: getAlerts,
  dashboards: async (query, signal) => (await searchDashboards({ ...query }, signal)).map((row) => ({ ...row, url: url(`/${row.url}`) })),
};
