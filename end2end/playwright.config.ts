import { defineConfig } from '@playwright/test';

// Every promise in seconds is asserted with a deadline ten times as long, so a slow machine does not fail a test.
export default defineConfig({
  testDir: './tests',
  outputDir: './test-results',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  // What takes too long for every change runs with `make soak`.
  grepInvert: process.argv.includes('@soak') ? undefined : /@soak/,
  forbidOnly: true,
});
