using Pyrsia.Consensus;

namespace Pyrsia.Authority.Cluster;

/// <summary>Stands for the engine of the epoch that runs: engines end with their epochs, and engine and commit sink each need the other.</summary>
internal sealed class EnginePort : IConsensusPort
{
    private volatile TaskCompletionSource<ConsensusEngine> _engine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<SubmitResult> SubmitAsync(Entry entry, CancellationToken cancellationToken)
    {
        while (true)
        {
            var current = _engine;
            var engine = await current.Task.WaitAsync(cancellationToken);
            try
            {
                return await engine.SubmitAsync(entry, cancellationToken);
            }
            catch (EpochEndedException)
            {
                Detach(engine);
            }
        }
    }

    public void Broadcast(ReadOnlyMemory<byte> message) => Engine?.BroadcastHostMessage(message);

    public void Send(int peer, ReadOnlyMemory<byte> message) => Engine?.SendHostMessage(peer, message);

    public void PayloadsArrived() => Engine?.PayloadsArrived();

    internal ConsensusEngine? Engine => _engine.Task is { IsCompletedSuccessfully: true } task ? task.Result : null;

    internal void Attach(ConsensusEngine engine) => _engine.TrySetResult(engine);

    /// <summary>The engine's epoch has ended; what is handed in waits for the next one.</summary>
    internal void Detach(ConsensusEngine engine)
    {
        var current = _engine;
        if (current.Task is { IsCompletedSuccessfully: true } task && task.Result == engine)
            Interlocked.CompareExchange(ref _engine, new TaskCompletionSource<ConsensusEngine>(TaskCreationOptions.RunContinuationsAsynchronously), current);
    }
}
