using System.Collections.Concurrent;
using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Maven;

/// <summary>
/// Fetches ahead what a client asks for next, once a version: its pom and main file, and the poms that the pom is read with, upwards. Clients walk poms
/// one by one, so every one that is here already saves a wait. It is a guess from verified bytes: no answer waits for it, and nobody hears of its failure.
/// </summary>
internal sealed class MavenPrefetch(LogView log, ArtifactService artifacts, Func<MavenLogVersion, bool> serves)
{
    /// <summary>How far parents of parents are followed; public projects stay below 8.</summary>
    internal const int MaxDepth = 8;

    /// <summary>Most poms that one version brings along.</summary>
    internal const int MaxPoms = 32;

    /// <summary>Versions that are remembered as fetched ahead; beyond that nothing is fetched ahead any more, and everything on demand.</summary>
    private const int MaxRemembered = 16 * 1024;

    /// <summary>Versions at once, half of the downloads that a node has under way: what somebody waits for never queues behind guesses.</summary>
    private const int MaxAtOnce = 16;

    /// <summary>How long all that one version brings along may take.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<(MavenCoordinates Version, long Verdict), bool> _begun = new();
    private int _running;

    /// <summary>Begins where it was not begun before and not too much is under way; returns at once.</summary>
    internal void Begin(MavenCoordinates coordinates)
    {
        if (Volatile.Read(ref _running) >= MaxAtOnce || log.Index.Maven.Find(coordinates) is not { } version || !TryRemember(version)) return;
        Interlocked.Increment(ref _running);
        _ = Task.Run(() => FetchAsync(version));
    }

    private bool TryRemember(MavenLogVersion version) => _begun.Count < MaxRemembered && _begun.TryAdd((version.Coordinates, version.Verdict), true);

    /// <summary>Fetches a version's pom and, nearest first, those that it is read with.</summary>
    private async Task FollowAsync(MavenLogVersion first, CancellationToken cancellationToken)
    {
        var next = new Queue<(MavenLogVersion Version, int Depth)>([(first, 0)]);
        for (var poms = 0; poms < MaxPoms && next.TryDequeue(out var here); poms++)
        {
            if (PomOf(here.Version) is not { } pom || !MavenPom.TryParse(await artifacts.ReadAsync(pom, cancellationToken), out var read) || here.Depth == MaxDepth) continue;
            foreach (var import in read.Imports)
                if (log.Index.Maven.Find(import) is { } version && serves(version) && TryRemember(version)) next.Enqueue((version, here.Depth + 1));
        }
    }

    private static ArtifactOutput? PomOf(MavenLogVersion version) => version.Files.FirstOrDefault(file => file.Path.Variant == "pom") is { Output: { Size: <= MavenPom.MaxBytes } pom } ? pom : null;

    private async Task FetchAsync(MavenLogVersion version)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var main = version.Files.FirstOrDefault(file => file.Output.Digest == version.Root && file.Path.Variant != "pom");
            await Task.WhenAll(main is null ? Task.CompletedTask : artifacts.FetchAsync(main.Output, limit.Token), FollowAsync(version, limit.Token));
        }
        catch (Exception e) when (e is ContentStoreException or OperationCanceledException)
        {
            // Whoever asks for the file itself is told; another try ahead is not worth it.
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
