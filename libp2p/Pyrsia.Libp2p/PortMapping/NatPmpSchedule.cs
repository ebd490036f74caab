namespace Pyrsia.Libp2p;

/// <summary>When one request is sent: at once, after 250 ms, and each time after twice as long, nine times in all. https://www.rfc-editor.org/rfc/rfc6886#section-3.1</summary>
/// <param name="now">When it is sent first.</param>
/// <param name="limit">How often it is sent until somebody has answered.</param>
internal sealed class NatPmpSchedule(DateTimeOffset now, int limit = NatPmpSchedule.MaxAttempts)
{
    /// <summary>Wait after the first sending.</summary>
    public static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(250);

    /// <summary>Sendings; after the last there is a wait too, of 64 seconds.</summary>
    public const int MaxAttempts = 9;

    private int attempts;

    /// <summary>When it is sent next, or given up.</summary>
    public DateTimeOffset Due { get; private set; } = now;

    /// <summary>It was sent, and no answer has come.</summary>
    public bool IsOpen => attempts > 0;

    /// <summary>Takes one sending when it is due.</summary>
    /// <param name="now">The time.</param>
    /// <param name="exhausted">It was sent as often as it may be, and nobody answered.</param>
    public bool TrySend(DateTimeOffset now, out bool exhausted)
    {
        exhausted = now >= Due && attempts == limit;
        if (now < Due || exhausted) return false;
        Due = now + FirstWait * (1 << attempts++);
        return true;
    }

    /// <summary>An answer came: the next sending begins anew.</summary>
    public void Answered(DateTimeOffset next) => (attempts, Due, limit) = (0, next, MaxAttempts);
}
