import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MetricMetadata } from "../../core/metric-metadata.ts";
import { NewMetadata } from "./new-metadata.ts";

const saying = (metric: string, help: string): MetricMetadata => ({ metric, type: "gauge", help, unit: "" });

describe("new metadata", () => {
  it("is what differs from what was said last", () => {
    // Wrong: each request writes the same metadata once more, or a changed text never arrives.
    const news = new NewMetadata();
    assert.equal(news.filter([saying("a", "one"), saying("b", "one"), saying("", "one")]).length, 2);
    assert.equal(news.filter([saying("a", "one"), saying("b", "two")]).length, 1);
    assert.deepEqual(news.filter([saying("a", "x".repeat(10_000))]), [saying("a", "x".repeat(4096))]);
  });

  it("is remembered up to a number of characters", () => {
    // Wrong: who makes up names and long texts fills the memory of the intake.
    const news = new NewMetadata(10_000);
    for (let i = 0; i < 8; i++) news.filter([saying("same", "x".repeat(1000 + i))]);
    news.filter([saying("kept", "short")]);
    assert.equal(news.filter([saying("kept", "short")]).length, 0);
    for (let i = 0; i < 10; i++) news.filter([saying(`m${i}`, "x".repeat(1000))]);
    assert.equal(news.filter([saying("kept", "short")]).length, 1);
  });
});
