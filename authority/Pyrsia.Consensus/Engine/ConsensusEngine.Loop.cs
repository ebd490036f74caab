namespace Pyrsia.Consensus;

/// <summary>The loop.</summary>
public sealed partial class ConsensusEngine
{
    /// <summary>
    /// Runs until the epoch has ended. Ends with <see cref="ConsensusHaltedException"/> when agreement is broken and with <see cref="IOException"/> when
    /// the disk fails; both are final for this process.
    /// </summary>
    public async Task<EpochEnd> RunAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _ran, 1) != 0) throw new InvalidOperationException("An engine runs once.");
        try
        {
            await RecoverAsync(cancellationToken).ConfigureAwait(false);
            var effects = new List<ConsensusEffect>();
            while (_end is null && await _events.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                for (var i = 0; i < MaxEventsPerTurn && _events.Reader.TryRead(out var next); i++)
                {
                    if (next.From >= 0)
                    {
                        Interlocked.Decrement(ref _queuedMessages[next.From]);
                        Interlocked.Add(ref _queuedBytes[next.From], -next.Bytes);
                    }
                    Step(next.Event, effects);
                }
                await PerformAsync(effects, cancellationToken).ConfigureAwait(false);
            }
            ObjectDisposedException.ThrowIf(_end is null, this);
            var end = _end;
            _closed = new EpochEndedException();
            _events.Writer.TryComplete();
            Fail(_closed);
            return _state is null ? end : end with { Waiting = [.. _state.LocalEntries] };
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            _events.Writer.TryComplete(failure);
            Fail(failure);
            throw;
        }
    }

    /// <summary>The stored blocks that the application lacks, then the journal, then the first step.</summary>
    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var state = _options.AppliedState;
        var chain = new FinalizedChain(_options.Genesis.Hash);
        var proven = ProvenHeight();
        for (var height = _options.AppliedHeight + 1; height <= _store.Height; height++)
        {
            var block = _store.Read(height)!;
            var header = block.Header;
            if (header.Epoch != _options.Parameters.Epoch) throw new ConsensusHaltedException($"block {height} is of {header.Epoch}, which {_options.Parameters.Epoch} has not led to");
            var context = new BlockContext(header.Epoch, header.View, height, header.TimeMs, header.LogTimeMs, header.FirstIndex);
            chain.Follow(block, _participants);
            if (!header.SetChange.IsZero && !IsFinal(block)) throw FinalizedChain.NotFinal(height);
            var outcome = height <= proven ? _application.Replay(state, context, block.Entries) : _application.Apply(state, context, block.Entries);
            if (outcome.State is not { } after || after.Size != header.SizeAfter || after.Root != header.RootAfter)
                throw new ConsensusHaltedException($"block {height} is final, but applying it gives another log: {outcome.Reason ?? "another root"}");
            state = after;
            _application.Finalized(state);
            await _sink.CommitAsync(block, state, cancellationToken).ConfigureAwait(false);
            if (header.SetChange.IsZero) continue;
            _end = new EpochEnd(block, state, [.. _journal.Records.OfType<EntryRecord>().Select(record => record.Entry)]);
            await _sink.EpochEndedAsync(block, state, cancellationToken).ConfigureAwait(false);
            return;
        }
        var tip = _store.Tip is { } last && last.Header.Epoch == _options.Parameters.Epoch ? last : null;
        _state = new ConsensusState(_options.Parameters, _signer, _verifier, _application, _options.Genesis, tip, state);
        foreach (var record in _journal.Records) _state.Replay(record);
        if (_notVotingBecause is { } reason) _sink.VotingStopped(reason);
        var effects = new List<ConsensusEffect>();
        Step(new StartedEvent(), effects);
        foreach (var entry in _options.Waiting) Step(new SubmitEvent(0, entry), effects);
        await PerformAsync(effects, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Up to here stored blocks of this epoch lead to one that is final, and so are what a quorum has agreed on. A crash can have cut off the last few from the one that proves them.
    /// Where blocks of a later epoch follow, the block that ends this one stands before them, and is proven itself.
    /// </summary>
    private ulong ProvenHeight()
    {
        var height = _store.Height;
        if (_store.Tip?.Header.Epoch != _options.Parameters.Epoch) return height;
        while (height > _options.AppliedHeight && !IsFinal(_store.Read(height)!)) height--;
        return height;
    }

    private bool IsFinal(FinalizedBlock block) => FinalizedChain.IsFinal(block, _options.Parameters.ChainId, _participants, _verifier);

    private void Step(ConsensusEvent happened, List<ConsensusEffect> effects)
    {
        foreach (var effect in _state!.Step(happened, _time.GetUtcNow().ToUnixTimeMilliseconds()))
        {
            if (effect is PersistEffect { Record: var record }) _journal.Append(record);
            else effects.Add(effect);
        }
    }

    private async ValueTask PerformAsync(List<ConsensusEffect> effects, CancellationToken cancellationToken)
    {
        _journal.Sync();
        var commits = effects.OfType<CommitEffect>().ToList();
        if (commits.Count > 0) _store.Append([.. commits.Select(c => (c.Block, _participants))]);
        foreach (var effect in effects) await PerformAsync(effect, cancellationToken).ConfigureAwait(false);
        effects.Clear();
        var state = _state!;
        _status = new ConsensusStatus(
            _options.Parameters.Epoch, state.CurrentView, state.FinalizedView, state.FinalizedHeight, state.PendingEntries, state.MayVote,
            _notVotingBecause);
        if (_journal.Length > _options.JournalBytes && commits.Count > 0) _journal.Replace(state.Snapshot(), state.FinalizedHeight, state.FinalizedView);
    }

    private async ValueTask PerformAsync(ConsensusEffect effect, CancellationToken cancellationToken)
    {
        switch (effect)
        {
            case BroadcastEffect broadcast:
                _transport.Broadcast(Encode(broadcast.Message));
                break;
            case SendEffect send:
                _transport.Send(send.To, Encode(send.Message));
                break;
            case ArmTimerEffect timer:
                Arm(timer);
                break;
            case CommitEffect commit:
                _committed = commit.State;
                await _sink.CommitAsync(commit.Block, commit.State, cancellationToken).ConfigureAwait(false);
                break;
            case ServeFinalizedEffect serve:
                Serve(serve);
                break;
            case SubmitResultEffect result:
                if (_submissions.TryGetValue(result.Token, out var waiting)) waiting.TrySetResult(result.Result);
                break;
            case FetchPayloadsEffect fetch:
                _sink.FetchPayloads(fetch.Payloads, fetch.Holder);
                break;
            case HostMessageEffect host:
                _sink.HostMessage(host.From, host.Bytes);
                break;
            case EvidenceEffect evidence:
                await _sink.EvidenceAsync(evidence.Evidence, cancellationToken).ConfigureAwait(false);
                break;
            case EpochEndedEffect ended:
                _end = new EpochEnd(ended.StopBlock, _committed!, []);
                await _sink.EpochEndedAsync(ended.StopBlock, _committed!, cancellationToken).ConfigureAwait(false);
                break;
            case VotingStoppedEffect stopped:
                _notVotingBecause = stopped.Reason;
                _sink.VotingStopped(stopped.Reason);
                break;
            case HaltEffect halt:
                throw new ConsensusHaltedException(halt.Reason);
        }
    }

    private byte[] Encode(ConsensusMessage message) => EpochEnvelope.Wrap(_options.Parameters.Epoch, _codec.EncodeInPlace(message));

    /// <summary>A timer of a kind replaces the one before; which one fired is in its key, so a late one is recognised.</summary>
    private void Arm(ArmTimerEffect arm)
    {
        ref var timer = ref _timers[(int)arm.Timer.Kind];
        timer?.Dispose();
        timer = _time.CreateTimer(
            static state =>
            {
                var (engine, key) = ((ConsensusEngine, TimerKey))state!;
                engine.Post(new TimerEvent(key));
            },
            (this, arm.Timer),
            TimeSpan.FromMilliseconds(arm.DelayMs),
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stored blocks, as many as one message's worth of bytes and the count limit allow.</summary>
    private void Serve(ServeFinalizedEffect serve)
    {
        long bytes = 0;
        for (var i = 0; i < ConsensusLimits.MaxFinalizedPerAnswer && bytes < ConsensusLimits.MaxMessageBytes; i++)
        {
            if (_store.Read(serve.FromHeight + (ulong)i) is not { } block) return;
            var codec = block.Participants == _participants ? _codec : new MessageCodec(block.Participants);
            foreach (var each in block.Proof.Prepend(block))
            {
                var message = EpochEnvelope.Wrap(each.Header.Epoch, codec.Encode(
                    new BlockMessage(each.Header, each.Justification, [.. each.Entries], each.Notarization, each.Finalization)));
                bytes += message.Length;
                _transport.Send(serve.To, message);
            }
        }
    }
}
