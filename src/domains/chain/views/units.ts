/** How the view's fields write shares and times. */
export const percent = { unit: "%", scale: 100 } as const;
export const milliseconds = { unit: "ms", scale: 1000 } as const;
