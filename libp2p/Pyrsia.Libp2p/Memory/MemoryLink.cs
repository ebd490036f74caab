namespace Pyrsia.Libp2p;

/// <summary>The way between two addresses of a <see cref="MemoryNetwork"/>. What is set here holds for the connections that stand as for those to come.</summary>
public sealed class MemoryLink
{
    private readonly MemoryNetwork network;
    private readonly HashSet<MemoryChannel> ends = [];
    private TimeSpan latency;
    private TaskCompletionSource? speaks;
    private int dials;

    internal MemoryLink(MemoryNetwork network, ulong one, ulong other, TimeSpan latency)
    {
        this.network = network;
        this.latency = latency;
        One = one;
        Other = other;
    }

    /// <summary>Time that bytes are under way, and half of what a dial takes. What is under way keeps the time it left with, and is overtaken by nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public TimeSpan Latency
    {
        get
        {
            lock (network.Gate) return latency;
        }
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            lock (network.Gate) latency = value;
        }
    }

    /// <summary>Nothing arrives, and nobody is told: what is under way and what is sent comes when the link speaks again, as TCP sends it again. Dials wait as long.</summary>
    public bool IsSilent
    {
        get
        {
            lock (network.Gate) return speaks is not null;
        }
        set
        {
            lock (network.Gate)
            {
                if (value == speaks is not null) return;
                if (value) speaks = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                else speaks!.SetResult();
                if (!value) speaks = null;
                foreach (var end in ends) end.LinkChanged(value);
            }
        }
    }

    /// <summary>The smaller number.</summary>
    internal ulong One { get; }

    /// <summary>The larger number.</summary>
    internal ulong Other { get; }

    /// <summary>The program may hold it.</summary>
    internal bool IsKept { get; set; }

    /// <summary>The network's, which the ends of its connections share.</summary>
    internal MemoryNetwork Network => network;

    /// <summary>Connections that are held; to be asked under the lock.</summary>
    internal int Connections => (ends.Count + 1) / 2;

    /// <summary>When what leaves now arrives; <see cref="MemoryFlow.Never"/> while the link is silent. To be asked under the lock.</summary>
    internal TimeSpan Arrival => speaks is null ? network.Now + latency : MemoryFlow.Never;

    /// <summary>Resets all connections over it: both ends fail at once, with bytes that were under way lost. New ones can be dialed.</summary>
    public void Cut()
    {
        lock (network.Gate)
        {
            foreach (var end in ends.ToArray()) end.Cut();
        }
    }

    /// <summary>A dial begins; called under the lock.</summary>
    internal void Enter() => dials++;

    /// <summary>It has ended.</summary>
    internal void Leave()
    {
        dials--;
        ForgetIfUnused();
    }

    internal void Add(MemoryChannel end) => ends.Add(end);

    internal void Remove(MemoryChannel end)
    {
        ends.Remove(end);
        ForgetIfUnused();
    }

    /// <summary>Waits as long as a packet needs to get across, with its repetitions when the link is silent.</summary>
    internal async Task CrossAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task? spoken;
            TimeSpan wait;
            lock (network.Gate) (spoken, wait) = (speaks?.Task, latency);
            if (spoken is not null)
            {
                await spoken.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }
            if (wait > TimeSpan.Zero) await Task.Delay(wait, network.Time, cancellationToken).ConfigureAwait(false);
            lock (network.Gate)
            {
                if (speaks is null) return;
            }
        }
    }

    private void ForgetIfUnused()
    {
        if (dials == 0 && ends.Count == 0 && !IsKept) network.Forget(this);
    }
}
