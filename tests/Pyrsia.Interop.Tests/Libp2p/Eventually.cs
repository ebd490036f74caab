using Xunit;

namespace Pyrsia.Interop.Tests.Libp2p;

/// <summary>Waits for what programs find out from each other, which raises no event here.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <param name="condition">The question.</param>
    /// <param name="what">What is wrong as long as it is not, for the failure.</param>
    /// <param name="programs">Whose words the failure tells.</param>
    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> what, params ProgramLines[] programs)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            while (!await condition()) await Task.Delay(Between, TimeProvider.System, patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"After {Patience.TotalSeconds} s {what()}:\n{string.Join("\n---\n", programs.Select(program => program.Said))}");
        }
    }

    /// <inheritdoc cref="HoldsAsync(Func{Task{bool}}, Func{string}, ProgramLines[])"/>
    public static Task HoldsAsync(Func<Task<bool>> condition, string what, params ProgramLines[] programs) => HoldsAsync(condition, () => what, programs);
}
