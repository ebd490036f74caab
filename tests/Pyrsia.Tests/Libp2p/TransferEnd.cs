namespace Pyrsia.Tests.Libp2p;

/// <summary>How a <see cref="Transfer"/> ends.</summary>
internal enum TransferEnd
{
    HalfClose,
    CancelledReads,
    ResetBySender,
    ResetByReceiver,
}
