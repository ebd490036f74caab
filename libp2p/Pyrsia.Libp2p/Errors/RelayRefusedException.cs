namespace Pyrsia.Libp2p;

/// <summary>A relay refused a reservation or a circuit.</summary>
public sealed class RelayRefusedException : Libp2pException
{
    /// <summary>Says what happened and what the relay answered.</summary>
    public RelayRefusedException(string message, RelayStatus status) : base(message, null) => Status = status;

    /// <summary>The relay's answer.</summary>
    public RelayStatus Status { get; }
}
