using System.Net.Sockets;

namespace Pyrsia.Libp2p;

/// <summary>Dials that the host makes by itself leave alone for a while what did not answer.</summary>
public sealed partial class Libp2pHost
{
    private readonly DialBackoff backoff;
    private readonly long started;

    private TimeSpan Uptime => time.GetElapsedTime(started);

    /// <summary>Dials, and remembers an address where nobody answered, or somebody else.</summary>
    private async Task<PeerConnection> DialTargetAsync(DialTarget target, CancellationToken cancellationToken)
    {
        try
        {
            return await TryTargetAsync(target, cancellationToken).ConfigureAwait(false);
        }
        // What the gate of this host forbids was not tried, and who lost a race has not failed.
        catch (Exception e) when (target.Expected is not null && e is IOException or TimeoutException or SocketException && e is not DialRefusedException)
        {
            var peer = target.Expected!.Value;
            bool wanted;
            lock (gate) wanted = protectedPeers.Contains(peer);
            backoff.Failed(peer, target.Address, e.Message, Uptime, wanted ? options.ProtectedDialRetryMax : options.DialRetryMax);
            throw;
        }
    }

    /// <summary>The targets that are not left alone now.</summary>
    /// <exception cref="DialFailedException">All are.</exception>
    private DialTarget[] NotLeftAlone(IReadOnlyList<DialTarget> targets, PeerId? expected)
    {
        var now = Uptime;
        DialTarget[] free = [.. targets.Where(t => t.Expected is not { } peer || !backoff.Waits(peer, t.Address, now, out _, out _))];
        if (free.Length > 0 || targets.Count == 0) return free;
        var reason = "";
        foreach (var target in targets)
            if (backoff.Waits(target.Expected!.Value, target.Address, now, out _, out var known)) reason = known;
        var wait = RetryAfter(targets) ?? TimeSpan.Zero;
        throw new DialFailedException($"{expected} is dialed again in {wait.TotalSeconds:0.0} s: {reason}") { RetryAfter = wait };
    }

    /// <summary>When the first of the targets is dialed again; null when none is left alone.</summary>
    private TimeSpan? RetryAfter(IReadOnlyList<DialTarget> targets)
    {
        var now = Uptime;
        TimeSpan? least = null;
        foreach (var target in targets)
            if (target.Expected is { } peer && backoff.Waits(peer, target.Address, now, out var wait, out _) && (least is null || wait < least)) least = wait;
        return least;
    }
}
