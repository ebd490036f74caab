namespace Pyrsia.Libp2p;

/// <summary>Whether peers that this host has not dialed can dial it.</summary>
public enum Reachability
{
    /// <summary>Nobody has said yet, or there is no address that could be public.</summary>
    Unknown,

    /// <summary>At least one address is reached from outside.</summary>
    Public,

    /// <summary>No address is reached from outside: a NAT or a firewall stands before the host.</summary>
    Private,
}
