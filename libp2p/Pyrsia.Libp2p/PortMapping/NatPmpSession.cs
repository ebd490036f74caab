using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>Has one gateway map ports: what to send when, and what stands; the driver has socket and clock. Not thread-safe.
/// Participants: the host asks, the default gateway answers. Rules: the external address first, then the mappings; half of a mapping's time later it is asked for again;
/// a gateway whose count of seconds went back has lost its mappings, and all are asked for at once. Deviations: a gateway that has never answered is given up after fewer sendings; announcements of the gateway (224.0.0.1) are not listened for; the
/// address is asked for every few minutes instead, which shows the same. https://www.rfc-editor.org/rfc/rfc6886</summary>
internal sealed class NatPmpSession
{
    /// <summary>Time that a mapping is asked for, in seconds: what section 3.3 recommends. When this host vanishes, so long is its port open.</summary>
    public const uint Lifetime = 7200;

    /// <summary>Ports that are mapped; the rest is not asked for. A host has one or two.</summary>
    public const int MaxPorts = 8;

    /// <summary>Sendings of the first question: of nine the last would end after two minutes, in which the gateway is not asked whether it speaks the other protocol. These take 16 seconds.</summary>
    public const int FirstAttempts = 6;

    /// <summary>Between two questions for the address: so late a new address or a restart of the gateway is noticed, and it costs 14 bytes.</summary>
    public static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(5);

    /// <summary>Before a mapping that was refused is asked for again: the gateway's user may have allowed it.</summary>
    public static readonly TimeSpan RefusalInterval = TimeSpan.FromMinutes(15);

    /// <summary>Shortest time between two requests for one mapping, however short the gateway makes it.</summary>
    public static readonly TimeSpan MinRenewal = TimeSpan.FromSeconds(10);

    /// <summary>How far the gateway's count may be behind what is expected, beside an eighth of the time for a clock that is slow (section 3.6).</summary>
    private static readonly TimeSpan EpochTolerance = TimeSpan.FromSeconds(2);

    private readonly NatPmpSchedule address;
    private readonly Dictionary<ushort, Lease> leases = [];
    private IPAddress? external;
    private (uint Seconds, DateTimeOffset At)? epoch;
    private bool stopped;

    /// <summary>Begins.</summary>
    public NatPmpSession(DateTimeOffset now) => address = new NatPmpSchedule(now, FirstAttempts);

    /// <summary>The gateway does not answer, or does not speak this: the session is of no further use.</summary>
    public bool IsOver { get; private set; }

    /// <summary>After <see cref="Stop"/>, no mapping is left that the gateway may have.</summary>
    public bool IsReleased => leases.Count == 0;

    /// <summary>When <see cref="Next"/> has something to do.</summary>
    public DateTimeOffset Due => Schedules.Select(s => s.Due).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();

    private IEnumerable<NatPmpSchedule> Schedules => external is null && !stopped ? [address] : [.. stopped ? [] : new[] { address }, .. leases.Values.Select(l => l.Schedule)];

    /// <summary>What is mapped at this moment.</summary>
    public IReadOnlyList<MappedPort> Mapped(DateTimeOffset now) => external is null || external.Equals(IPAddress.Any) || IsOver ? []
        : [.. leases.Where(l => !l.Value.IsDeleted && l.Value.External != 0 && l.Value.Expires > now).Select(l => new MappedPort(l.Key, new IPEndPoint(external, l.Value.External)))];

    /// <summary>Says which ports are to be mapped now; mappings of others are deleted.</summary>
    public void SetPorts(IReadOnlyCollection<ushort> ports, DateTimeOffset now)
    {
        foreach (var port in ports.Where(p => p != 0).Take(MaxPorts)) leases.TryAdd(port, new Lease(now));
        foreach (var (port, lease) in leases.Where(l => !ports.Contains(l.Key)).ToArray()) Delete(port, lease, now);
    }

    /// <summary>Deletes what is mapped; nothing else is asked any more.</summary>
    public void Stop(DateTimeOffset now)
    {
        stopped = true;
        foreach (var (port, lease) in leases.ToArray()) Delete(port, lease, now);
    }

    /// <summary>Who has the gateway's address says that nobody listens there.</summary>
    public void Unreachable() => IsOver = true;

    /// <summary>The datagram that is to be sent now, or null.</summary>
    public byte[]? Next(DateTimeOffset now)
    {
        if (IsOver) return null;
        if (!stopped)
        {
            if (address.TrySend(now, out var exhausted)) return NatPmpMessage.AddressRequest();
            IsOver = exhausted;
            if (IsOver || external is null) return null;
        }
        foreach (var (port, lease) in leases)
        {
            if (lease.Schedule.TrySend(now, out var exhausted)) return lease.IsDeleted ? NatPmpMessage.MappingRequest(port, 0, 0) : NatPmpMessage.MappingRequest(port, lease.External == 0 ? port : lease.External, Lifetime);
            if (exhausted) lease.Schedule.Answered(now + RefusalInterval);
        }
        return null;
    }

    /// <summary>Takes a datagram of the gateway; what was not asked for is ignored.</summary>
    public void Receive(ReadOnlySpan<byte> datagram, DateTimeOffset now)
    {
        if (NatPmpMessage.Decode(datagram) is not { } message) return;
        if (message.IsMapping ? !leases.Values.Any(l => l.Schedule.IsOpen) : !address.IsOpen) return;
        if (message.Result is NatPmpResult.UnsupportedVersion or NatPmpResult.UnsupportedOpcode)
        {
            IsOver = true;
            return;
        }
        if (HasRestarted(message.Epoch, now))
            foreach (var lease in leases.Values.Where(l => !l.Schedule.IsOpen)) lease.Schedule.Answered(now);
        epoch = (message.Epoch, now);
        if (!message.IsMapping) ReceiveAddress(message, now);
        else foreach (var (port, lease) in leases.Where(l => l.Value.Schedule.IsOpen && Concerns(message, l.Key)).ToArray()) ReceiveMapping(message, port, lease, now);
    }

    private void ReceiveAddress(NatPmpMessage message, DateTimeOffset now)
    {
        // A gateway that has no address itself at this moment knows the protocol all the same.
        external = message.Address ?? IPAddress.Any;
        address.Answered(now + CheckInterval);
    }

    /// <summary>An error need not say which port it is about; then it is about all that are asked for.</summary>
    private static bool Concerns(NatPmpMessage message, ushort port) => message.InternalPort == port || (message.InternalPort == 0 && message.Result != NatPmpResult.Success);

    private void ReceiveMapping(NatPmpMessage message, ushort port, Lease lease, DateTimeOffset now)
    {
        if (lease.IsDeleted)
        {
            leases.Remove(port);
            return;
        }
        if (message.Result != NatPmpResult.Success || message.Lifetime == 0 || message.ExternalPort == 0)
        {
            lease.External = 0;
            lease.Schedule.Answered(now + RefusalInterval);
            return;
        }
        var lifetime = TimeSpan.FromSeconds(Math.Min(message.Lifetime, Lifetime));
        lease.External = message.ExternalPort;
        lease.Expires = now + lifetime;
        lease.Schedule.Answered(now + (lifetime / 2 > MinRenewal ? lifetime / 2 : MinRenewal));
    }

    /// <summary>The gateway's count of seconds is behind what it must be by now. https://www.rfc-editor.org/rfc/rfc6886#section-3.6</summary>
    private bool HasRestarted(uint seconds, DateTimeOffset now) =>
        epoch is { } last && TimeSpan.FromSeconds(seconds) + EpochTolerance < TimeSpan.FromSeconds(last.Seconds) + (now - last.At) * (7 / 8.0);

    private void Delete(ushort port, Lease lease, DateTimeOffset now)
    {
        if (lease.IsDeleted) return;
        if (lease.External == 0 && !lease.Schedule.IsOpen)
        {
            leases.Remove(port);
            return;
        }
        lease.IsDeleted = true;
        lease.Schedule.Answered(now);
    }

    private sealed class Lease(DateTimeOffset now)
    {
        public NatPmpSchedule Schedule { get; } = new(now);

        /// <summary>Port outside, 0 while there is none.</summary>
        public ushort External { get; set; }

        public DateTimeOffset Expires { get; set; }

        /// <summary>Asked to be deleted, or about to be.</summary>
        public bool IsDeleted { get; set; }
    }
}
