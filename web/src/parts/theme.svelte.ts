export const THEMES = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEMES)[number];

const KEPT_AS = 'earthshine.theme';

/** Light or dark: as the system has it, or as it was chosen in this browser. */
class Theme {
  choice = $state<ThemeChoice>('system');

  begin(): void {
    const kept = localStorage.getItem(KEPT_AS);
    this.choose(THEMES.find((theme) => theme === kept) ?? 'system');
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    if (choice === 'system') {
      localStorage.removeItem(KEPT_AS);
      delete document.documentElement.dataset['theme'];
    } else {
      localStorage.setItem(KEPT_AS, choice);
      document.documentElement.dataset['theme'] = choice;
    }
  }
}

export const theme = new Theme();
