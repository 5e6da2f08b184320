# A function with a hundred definitions, called for each of a thousand values.
package bench

result := count([1 | some value in data.values; price(value) > 50])

price("item-000") := 0

price("item-001") := 37

price("item-002") := 74

price("item-003") := 10

price("item-004") := 47

price("item-005") := 84

price("item-006") := 20

price("item-007") := 57

price("item-008") := 94

price("item-009") := 30

price("item-010") := 67

price("item-011") := 3

price("item-012") := 40

price("item-013") := 77

price("item-014") := 13

price("item-015") := 50

price("item-016") := 87

price("item-017") := 23

price("item-018") := 60

price("item-019") := 97

price("item-020") := 33

price("item-021") := 70

price("item-022") := 6

price("item-023") := 43

price("item-024") := 80

price("item-025") := 16

price("item-026") := 53

price("item-027") := 90

price("item-028") := 26

price("item-029") := 63

price("item-030") := 100

price("item-031") := 36

price("item-032") := 73

price("item-033") := 9

price("item-034") := 46

price("item-035") := 83

price("item-036") := 19

price("item-037") := 56

price("item-038") := 93

price("item-039") := 29

price("item-040") := 66

price("item-041") := 2

price("item-042") := 39

price("item-043") := 76

price("item-044") := 12

price("item-045") := 49

price("item-046") := 86

price("item-047") := 22

price("item-048") := 59

price("item-049") := 96

price("item-050") := 32

price("item-051") := 69

price("item-052") := 5

price("item-053") := 42

price("item-054") := 79

price("item-055") := 15

price("item-056") := 52

price("item-057") := 89

price("item-058") := 25

price("item-059") := 62

price("item-060") := 99

price("item-061") := 35

price("item-062") := 72

price("item-063") := 8

price("item-064") := 45

price("item-065") := 82

price("item-066") := 18

price("item-067") := 55

price("item-068") := 92

price("item-069") := 28

price("item-070") := 65

price("item-071") := 1

price("item-072") := 38

price("item-073") := 75

price("item-074") := 11

price("item-075") := 48

price("item-076") := 85

price("item-077") := 21

price("item-078") := 58

price("item-079") := 95

price("item-080") := 31

price("item-081") := 68

price("item-082") := 4

price("item-083") := 41

price("item-084") := 78

price("item-085") := 14

price("item-086") := 51

price("item-087") := 88

price("item-088") := 24

price("item-089") := 61

price("item-090") := 98

price("item-091") := 34

price("item-092") := 71

price("item-093") := 7

price("item-094") := 44

price("item-095") := 81

price("item-096") := 17

price("item-097") := 54

price("item-098") := 91

price("item-099") := 27
