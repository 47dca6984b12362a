import DefaultTheme from 'vitepress/theme';
import { h } from 'vue';
import Claim from './claim.vue';
import { rememberTabs } from './tabs.js';
import './style.css';

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'home-hero-image': () => h(Claim) }),
  setup: rememberTabs,
};
