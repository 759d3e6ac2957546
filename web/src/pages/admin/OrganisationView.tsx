/** What applies to everybody who has not chosen otherwise. */
import { PreferencesForm } from '../../components/PreferencesForm';

export function OrganisationView() {
  return <PreferencesForm whose="org" />;
}
