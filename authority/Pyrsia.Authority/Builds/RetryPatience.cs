using System.Collections.Concurrent;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Authority.Builds;

/// <summary>How long to wait before work that this machine could not do is tried again: twice as long each time, up to a limit.</summary>
internal sealed class RetryPatience(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<RequestId, (int Tries, TimeSpan Wait, long Since)> _failed = new();

    internal bool MayTry(RequestId request) => !_failed.TryGetValue(request, out var failed) || time.GetElapsedTime(failed.Since) >= failed.Wait;

    /// <summary>Counts a failed try.</summary>
    /// <returns>How many there were.</returns>
    internal int Failed(RequestId request) => _failed.AddOrUpdate(
        request, _ => (1, First, time.GetTimestamp()), (_, before) => (before.Tries + 1, before.Wait * 2 < Longest ? before.Wait * 2 : Longest, time.GetTimestamp())).Tries;

    internal void Forget(RequestId request) => _failed.TryRemove(request, out _);
}
