import { mount } from 'svelte';

import App from './App.svelte';
import './app.css';
import { i18n } from './i18n/i18n.svelte.ts';
import { theme } from './parts/theme.svelte.ts';

theme.begin();
// The first sentence is in the right language already.
void i18n.begin().then(() => mount(App, { target: document.getElementById('app')! }));
