/** The console's own texts, in the language of the user. */
// @ts-check
import { german } from 'console/settings';
import de from '../../../texts/de.js';
import en from '../../../texts/en.js';

export const texts = german ? de : en;
