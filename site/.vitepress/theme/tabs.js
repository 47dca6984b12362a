import { useRoute } from 'vitepress';
import { nextTick, onMounted, watch } from 'vue';

const KEY = 'sojourn-tab';

/** A reader who chose Fetch once sees Fetch in all tabs that have it, on every page. */
export function rememberTabs() {
  const route = useRoute();
  onMounted(() => {
    document.addEventListener('change', ({ target }) => {
      const label = target.closest?.('.vp-code-group') && target.labels?.[0];
      if (!label) return;
      localStorage.setItem(KEY, label.textContent);
      choose(label.textContent);
    });
    watch(
      () => route.path,
      async () => {
        await nextTick();
        choose(localStorage.getItem(KEY));
      },
      { immediate: true },
    );
  });
}

/** @param {string | null} name */
function choose(name) {
  for (const group of document.querySelectorAll('.vp-code-group')) {
    const labels = [...group.querySelectorAll('.tabs label')];
    const chosen = labels.findIndex((label) => label.textContent === name);
    if (chosen === -1) continue;
    labels[chosen].control.checked = true;
    for (const [index, block] of [...group.querySelector('.blocks').children].entries())
      block.classList.toggle('active', index === chosen);
  }
}
