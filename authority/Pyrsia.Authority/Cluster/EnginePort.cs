using Pyrsia.Consensus;

namespace Pyrsia.Authority.Cluster;

/// <summary>Stands for the engine before it exists: engine and commit sink each need the other.</summary>
internal sealed class EnginePort : IConsensusPort
{
    private readonly TaskCompletionSource<ConsensusEngine> _engine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<SubmitResult> SubmitAsync(Entry entry, CancellationToken cancellationToken)
    {
        var engine = await _engine.Task.WaitAsync(cancellationToken);
        return await engine.SubmitAsync(entry, cancellationToken);
    }

    public void Broadcast(ReadOnlyMemory<byte> message) => Engine?.BroadcastHostMessage(message);

    public void Send(int authority, ReadOnlyMemory<byte> message) => Engine?.SendHostMessage(authority, message);

    public void PayloadsArrived() => Engine?.PayloadsArrived();

    internal ConsensusEngine? Engine => _engine.Task.IsCompletedSuccessfully ? _engine.Task.Result : null;

    internal void Attach(ConsensusEngine engine) => _engine.TrySetResult(engine);
}
