namespace Pyrsia.Libp2p;

/// <summary>What a relay gives away at most. A circuit is for finding each other and small talk, not for bulk: with the defaults all circuits
/// together carry 128 * 2 * 128 KiB = 32 MiB in two minutes, and hold as many stream windows as are used, each at first 256 KiB.</summary>
public sealed record RelayOptions
{
    /// <summary>Reservations in sum; each keeps one connection open, about 30 KiB, so that these are 4 MiB and a quarter of the connections that a host has by default.</summary>
    public int MaxReservations { get; init; } = 128;

    /// <summary>Reservations of one IP address (of one /64 in IPv6): identities cost nothing, addresses do. Eight are the hosts of an office behind one router, and sixteen such fill the relay.</summary>
    public int MaxReservationsPerIp { get; init; } = 8;

    /// <summary>How long a reservation holds; the client refreshes it after half of it, which at an hour costs two messages. One whose client is gone ends with its connection and not with this.</summary>
    public TimeSpan ReservationLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Circuits in sum: one for each reservation, as most end with the hole punch that they are for.</summary>
    public int MaxCircuits { get; init; } = 128;

    /// <summary>Circuits that one peer is an end of: an eighth, so that a sought-after one leaves places for others.</summary>
    public int MaxCircuitsPerPeer { get; init; } = 16;

    /// <summary>How long a circuit stands, in whole seconds: three attempts at a hole take 15 s, the rest is for what is said meanwhile.</summary>
    public TimeSpan MaxDuration { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Bytes that a circuit carries in each direction: handshakes, identify of at most 8 KiB a message and a hole punch take some 20 KiB, the rest is for small talk.</summary>
    public long MaxBytes { get; init; } = 128 * 1024;

    internal RelayLimit Limit => new((uint)MaxDuration.TotalSeconds, (ulong)MaxBytes);

    internal void Validate()
    {
        if (MaxReservations < 1 || MaxReservationsPerIp < 1 || MaxCircuits < 1 || MaxCircuitsPerPeer < 1 || MaxBytes < 1)
            throw new ArgumentException("The limits of a relay are at least one.");
        if (MaxDuration < TimeSpan.FromSeconds(1) || MaxDuration > TimeSpan.FromDays(1) || ReservationLifetime < TimeSpan.FromSeconds(1))
            throw new ArgumentException("Circuits stand for a second to a day, reservations for at least a second.");
    }
}
