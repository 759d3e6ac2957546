/** Starts the application. */
import './app/mantine.css';
import './app/app.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';

// Dashboards are the largest page: theirs is on its way while the shell starts. If it fails, the page asks again and tells.
if (/\/d\/[^/]/.test(window.location.pathname)) import('./dashboards/routes').catch(() => undefined);

const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
