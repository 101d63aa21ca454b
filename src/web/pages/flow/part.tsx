/** A part of a page under a heading of its own. */
import type { ComponentChildren, JSX } from "preact";

export function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <section class="section">
      <div class="section-head">
        <h2>{title}</h2>
      </div>
      {children}
    </section>
  );
}
