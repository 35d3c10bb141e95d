/**
 * Puts the application on the page. The synthetic shadow comes first: with it the style sheet of the page reaches
 * into components, as in Lightning Experience.
 */
// @ts-check
import '@lwc/synthetic-shadow';
import { createElement } from 'lwc';
import App from 'console/app';

export function show() {
    document.body.append(createElement('console-app', { is: App }));
}
