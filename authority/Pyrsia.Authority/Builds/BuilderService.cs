using System.Security.Cryptography;
using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Keys;
using Pyrsia.Consensus;
using Pyrsia.Node.Hosting;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Builds;

/// <summary>
/// Does the builder's part of every open request that chose this builder: works, commits, and reveals when commitments have
/// closed. The log says what is to be done, so a restart simply looks again.
/// </summary>
internal sealed partial class BuilderService(
    GenesisDocument genesis, BuilderMember self, AuthorityKeys keys, AuthorityLedger ledger, IEnumerable<IResultSource> sources, LogStore log, IConsensusPort port, string folder,
    TimeProvider time, ILogger<BuilderService> logger) : BackgroundService
{
    /// <summary>Requests that are worked on at once; downloading more at a time is not faster.</summary>
    private const int MaxWorking = 4;

    /// <summary>How often open requests are looked at when no block comes: an entry that was lost on the way is sent again.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<RequestId, Task> _working = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly EntrySigner _signer = new(keys.Builder);
    private readonly int _selfIndex = genesis.Builders.IndexOf(self);

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ledger.Advanced += Wake;
        try
        {
            while (true)
            {
                foreach (var request in ledger.Current.Open.Values.Where(r => r.Builders.Contains(_selfIndex)).OrderBy(r => r.Index)) await LookAtAsync(request, stoppingToken);
                Sweep();
                await _wake.WaitAsync(LookInterval, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(_working.Values);
        }
        finally
        {
            ledger.Advanced -= Wake;
        }
    }

    private void Wake()
    {
        lock (_wake)
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
    }

    private async Task LookAtAsync(RequestState request, CancellationToken cancellationToken)
    {
        if (JobFile.Read(folder, request.Id) is not { } job)
        {
            var works = _working.TryGetValue(request.Id, out var work) && !work.IsCompleted;
            if (!works && request.Phase == RequestPhase.Committing && _working.Values.Count(w => !w.IsCompleted) < MaxWorking)
                _working[request.Id] = Task.Run(() => WorkAsync(request, cancellationToken), CancellationToken.None);
            return;
        }
        if (job.Failure is { } failure && !request.Failures.ContainsKey(_selfIndex)) await SubmitAsync(failure, cancellationToken);
        if (job.Commitment is { } commitment && request.Phase == RequestPhase.Committing && !request.Commitments.ContainsKey(_selfIndex)) await SubmitAsync(commitment, cancellationToken);
        if (job.Result is { } result && request.Phase == RequestPhase.Revealing && request.Commitments.ContainsKey(_selfIndex) && !request.Results.ContainsKey(_selfIndex)) await SubmitAsync(result, cancellationToken);
    }

    private async Task WorkAsync(RequestState request, CancellationToken cancellationToken)
    {
        try
        {
            var job = await BuildAsync(request, cancellationToken);
            job.Write(folder, request.Id);
            Wake();
        }
        catch (OperationCanceledException)
        {
            // Stopping: the request is open still and is looked at again after the restart.
        }
        catch (IOException e)
        {
            LogTrouble(request.Request.Coordinate, e.Message);
        }
    }

    private async Task<JobFile> BuildAsync(RequestState request, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        LogStarted(request.Request.Coordinate);
        try
        {
            var source = sources.FirstOrDefault(s => s.Serves(request.Request))
                ?? throw new NotarizationException(FailureReason.Denied, $"This builder obtains no {request.Request.Kind.ToWord()} artifact for {request.Request.Coordinate}.");
            var statement = await source.ObtainAsync(request.Request, Finish, cancellationToken);
            var nonce = RandomNumberGenerator.GetBytes(EntryLimits.NonceLength);
            var value = Commitment.Compute(genesis.ChainId, request.Id, request.Attempt, keys.Builder.PublicKey, nonce, statement.ToJson().ToBytes());
            var result = _signer.Sign(statement, nonce);
            if (!result.IsPayloadInline) log.PutPayload(result.Payload.Span);
            LogCommitted(request.Request.Coordinate, statement.Outputs.Length);
            return new JobFile(_signer.Sign(new Commitment(request.Id, request.Attempt, self.Name, value)).Leaf.ToArray(), result.Leaf.ToArray(), null);
        }
        catch (NotarizationException e)
        {
            LogFailed(request.Request.Coordinate, e.Message);
            var message = new string([.. e.Message.Where(c => !char.IsControl(c)).Take(EntryLimits.MaxMessageLength)]);
            return new JobFile(null, null, _signer.Sign(new BuildFailed(request.Id, request.Attempt, self.Name, e.Reason, message)).Leaf.ToArray());
        }

        BuildRun Finish() => new(
            genesis.ChainId, request.Id, request.Attempt, genesis.Origin, self.Name, typeof(NodeResources).Assembly.GetName().Version!.ToString(3), started, time.GetUtcNow());
    }

    private async Task SubmitAsync(byte[] leaf, CancellationToken cancellationToken)
    {
        var outcome = await port.SubmitAsync(new Entry(leaf), cancellationToken);
        if (outcome is SubmitResult.Invalid or SubmitResult.Full) LogNotTaken(outcome.ToString());
    }

    /// <summary>Forgets what was done for requests that have their verdict.</summary>
    private void Sweep()
    {
        foreach (var id in _working.Where(w => w.Value.IsCompleted && !ledger.Current.Open.ContainsKey(w.Key)).Select(w => w.Key).ToArray())
        {
            _working.Remove(id);
            JobFile.Delete(folder, id);
        }
    }

    [LoggerMessage(110, LogLevel.Information, "Fetching {Coordinate} from its upstream.")]
    private partial void LogStarted(string coordinate);

    [LoggerMessage(111, LogLevel.Information, "Fetched {Coordinate}: {Count} files; committing to the result.")]
    private partial void LogCommitted(string coordinate, int count);

    [LoggerMessage(112, LogLevel.Information, "Could not fetch {Coordinate}: {Reason}")]
    private partial void LogFailed(string coordinate, string reason);

    [LoggerMessage(113, LogLevel.Warning, "{Coordinate}: {Trouble}")]
    private partial void LogTrouble(string coordinate, string trouble);

    [LoggerMessage(114, LogLevel.Warning, "The own entry was not taken: {Outcome}")]
    private partial void LogNotTaken(string outcome);
}
