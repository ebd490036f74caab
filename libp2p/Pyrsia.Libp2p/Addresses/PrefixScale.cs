namespace Pyrsia.Libp2p;

/// <summary>How wide a network is looked at.</summary>
internal enum PrefixScale
{
    /// <summary>What one owner gets cheaply, 16 bits of IPv4 and 32 of IPv6: where independent witnesses are wanted.</summary>
    Owner,

    /// <summary>What one customer rents by the machine or the line, 24 bits of IPv4 and 56 of IPv6: where load is shared out.</summary>
    Site,

    /// <summary>What one machine has: an IPv4 address, the network half of an IPv6 address.</summary>
    Machine,
}
