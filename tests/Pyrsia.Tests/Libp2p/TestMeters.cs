using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Pyrsia.Tests.Libp2p;

/// <summary>Meters of one test, and what they measured; those of other tests in the process are not heard.</summary>
internal sealed class TestMeters : IMeterFactory
{
    private readonly ConcurrentQueue<Measured> _measured = new();
    private readonly List<Meter> _meters = [];
    private readonly MeterListener _listener = new();

    public TestMeters(bool listens = true)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == this) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _measured.Enqueue(new Measured(instrument, value, Text(tags))));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => _measured.Enqueue(new Measured(instrument, value, Text(tags))));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _measured.Enqueue(new Measured(instrument, value, Text(tags))));
        if (listens) _listener.Start();
    }

    public IReadOnlyList<Meter> Created => _meters;

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        lock (_meters) _meters.Add(meter);
        return meter;
    }

    /// <summary>All that one instrument has measured until now; what is counted when somebody asks is asked for.</summary>
    public IReadOnlyList<Measured> Of(string instrument)
    {
        _listener.RecordObservableInstruments();
        return [.. _measured.Where(m => m.Instrument.Name == instrument)];
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var meter in _meters) meter.Dispose();
    }

    private static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new List<string>();
        foreach (var tag in tags) text.Add($"{tag.Key}={tag.Value}");
        return string.Join(' ', text);
    }

    internal sealed record Measured(Instrument Instrument, double Value, string Tags);
}
