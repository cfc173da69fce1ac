import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const hub = process.env.HUB ?? 'http://127.0.0.1:8377';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the policy allows no data: but images
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 300,
  },
  // `npm run dev` works against a running hub. Its Host and Origin checks are met by rewriting both.
  server: {
    proxy: {
      '/api': {
        target: hub,
        changeOrigin: true,
        configure: (p) => p.on('proxyReq', (r) => r.setHeader('origin', hub)),
      },
    },
  },
});
