/**
 * The first script of the page. Asks the console's server who is there, then loads the components: their modules
 * read user, language and time zone while they are loaded, as in an org. A server that does not answer is told.
 */
// @ts-check
import { load, settings } from './platform/settings.js';

try {
    await load();
    document.documentElement.lang = settings.lang;
    document.documentElement.dataset.lang = settings.lang;
    document.documentElement.dataset.locale = settings.locale;
    document.documentElement.dataset.timeZone = settings.timeZone;
    const { show } = await import('./show.js');
    show();
} catch (error) {
    const alert = document.createElement('p');
    alert.setAttribute('role', 'alert');
    alert.className = 'console-failed';
    alert.textContent = `The console cannot start: ${error instanceof Error ? error.message : error}`;
    document.body.append(alert);
    throw error;
}
