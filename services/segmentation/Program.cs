using EventSegmentation.Segmentation;

try
{
    await SegmentationHost.Build(args).RunAsync();
    return 0;
}
catch (WrongSettingException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}
