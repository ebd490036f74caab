using System.Diagnostics;
using Pyrsia.Provenance.Chunks;

namespace Pyrsia.Benchmarks.Scenarios;

/// <summary>What a chunk size costs: hashing, and the list of leaves that a peer must send before the first chunk.</summary>
internal static class ChunkHashing
{
    private const int Size = 256 * 1024 * 1024;
    private const int Runs = 5;

    internal static Task<List<Measurement>> RunAsync()
    {
        var content = new byte[Size];
        new Random(1).NextBytes(content);
        var measured = new List<Measurement>();
        foreach (var chunkSize in new[] { 16 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024 })
        {
            var runs = new List<double>();
            for (var run = 0; run < Runs; run++)
            {
                var clock = Stopwatch.StartNew();
                ChunkTreeBuilder.Compute(content, chunkSize);
                runs.Add(Size / 1e6 / clock.Elapsed.TotalSeconds);
            }
            measured.Add(new($"digest and chunk tree, chunks of {chunkSize / 1024} KiB", "MB/s", Measurement.Median(runs)));
            measured.Add(new($"leaf list of 1 GiB, chunks of {chunkSize / 1024} KiB", "KiB", (1 << 30) / chunkSize * 32 / 1024.0));
        }
        return Task.FromResult(measured);
    }
}
