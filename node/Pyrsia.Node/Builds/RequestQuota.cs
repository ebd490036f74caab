namespace Pyrsia.Node.Builds;

/// <summary>How many entries each of many callers may hand in: a burst, and then so many a second. A caller that was let wait long enough has its whole burst again.</summary>
/// <typeparam name="TCaller">What callers are told apart by.</typeparam>
/// <param name="time">The clock.</param>
internal sealed class RequestQuota<TCaller>(TimeProvider time)
    where TCaller : notnull
{
    /// <summary>Entries at once: the dependencies of a large project, each a request.</summary>
    internal const int Burst = 1024;

    /// <summary>Entries a second after that: beyond what a person asks for, and below what fills the log's blocks.</summary>
    internal const int PerSecond = 16;

    /// <summary>Callers that are remembered; the one that has waited longest gives way.</summary>
    internal const int MaxCallers = 4096;

    private readonly Dictionary<TCaller, (double Left, long Since)> _callers = [];

    /// <summary>Takes one from a caller's quota.</summary>
    /// <returns>Whether there was one left.</returns>
    internal bool TryTake(TCaller caller)
    {
        lock (_callers)
        {
            var now = time.GetTimestamp();
            var left = _callers.TryGetValue(caller, out var before) ? Math.Min(Burst, before.Left + (time.GetElapsedTime(before.Since, now).TotalSeconds * PerSecond)) : Burst;
            if (left < 1) return false;
            if (_callers.Count >= MaxCallers && !_callers.ContainsKey(caller)) _callers.Remove(_callers.MinBy(c => c.Value.Since).Key);
            _callers[caller] = (left - 1, now);
            return true;
        }
    }
}
